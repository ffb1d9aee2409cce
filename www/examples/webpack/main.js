import { Answerlet } from 'answerlet';
import model from 'answerlet-model-minilm-en';

const form = document.querySelector('form');
let loading;

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const output = form.querySelector('output');
  const context = document.querySelector('main').textContent;
  try {
    loading ??= Answerlet.load({ model });
    const reader = await loading;
    const { answered, answers, fallback } = await reader.ask(form.elements.question.value, { context });
    output.textContent = answered ? answers[0].text : fallback;
  } catch (error) {
    loading = undefined;
    output.textContent = error.message;
  }
});
