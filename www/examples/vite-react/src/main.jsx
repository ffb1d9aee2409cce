import 'answerlet/chat';
import model from 'answerlet-model-minilm-en';
import { useRef } from 'react';
import { createRoot } from 'react-dom/client';
import { useAnswerlet } from './useAnswerlet.js';

function Bakery() {
  const main = useRef(null);
  const { ask, answer } = useAnswerlet(model);

  function submit(event) {
    event.preventDefault();
    ask(new FormData(event.target).get('question'), main.current.textContent);
  }

  return (
    <>
      <main ref={main}>
        <h1>Crestwood Bakery</h1>
        <p>We bake from Tuesday to Saturday and open at seven. The rye bread comes out of the oven at nine.</p>
        <p>Orders for cakes need two days. Call Ada on 555 0134.</p>
      </main>
      <form onSubmit={submit}>
        <input name="question" aria-label="Your question" />
        <button>Ask</button>
        <output>{answer}</output>
      </form>
      <answerlet-chat model={model} source="main" />
    </>
  );
}

createRoot(document.getElementById('root')).render(<Bakery />);
