'use client';

// Both are imported on the server too, where they do nothing.
import { Answerlet } from 'answerlet';
import model from 'answerlet-model-minilm-en';
import { useRef, useState } from 'react';

export function Ask() {
  const loading = useRef(null);
  const [answer, setAnswer] = useState('');

  async function submit(event) {
    event.preventDefault();
    const question = new FormData(event.target).get('question');
    const context = document.querySelector('main').textContent;
    try {
      loading.current ??= Answerlet.load({ model });
      const reader = await loading.current;
      const { answered, answers, fallback } = await reader.ask(question, { context });
      setAnswer(answered ? answers[0].text : fallback);
    } catch (error) {
      loading.current = null;
      setAnswer(error.message);
    }
  }

  return (
    <form onSubmit={submit}>
      <input name="question" aria-label="Your question" />
      <button>Ask</button>
      <output>{answer}</output>
    </form>
  );
}
