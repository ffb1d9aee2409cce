import { Answerlet } from 'answerlet';
import { useEffect, useRef, useState } from 'react';

/** A reader that is loaded with the first question, and goes with the component. */
export function useAnswerlet(model) {
  const loading = useRef(null);
  const [answer, setAnswer] = useState('');

  useEffect(
    () => () => {
      loading.current?.then((reader) => reader.dispose(), () => {});
      loading.current = null;
    },
    [],
  );

  async function ask(question, context) {
    setAnswer('…');
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

  return { ask, answer };
}
