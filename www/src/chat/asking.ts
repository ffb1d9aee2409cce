import type { Answer, Answerlet, AskInput, AskResult } from '../index.js';

/** One of the texts. */
export interface SourceDocument {
  id: string;
  title?: string;
  url?: string;
  text: string;
}

export type FoundAnswer = Answer & { documentId: string };

/** Asks about several texts, one after the other. */
export async function askAll(
  answerlet: Answerlet,
  question: string,
  { context, ...rest }: Omit<AskInput, 'context'> & { context: readonly SourceDocument[] },
): Promise<AskResult & { answers: FoundAnswer[] }> {
  let best: (AskResult & { answers: FoundAnswer[] }) | undefined;
  for (const document of context) {
    const result = await answerlet.ask(question, { ...rest, context: document.text });
    const answers = result.answers.map((answer) => ({ ...answer, documentId: document.id }));
    if (!best || (answers[0]?.confidence ?? -1) > (best.answers[0]?.confidence ?? -1)) best = { ...result, answers };
  }
  if (!best) throw new TypeError('there is no text');
  return best;
}
