export const sum = (values) => values.reduce((total, value) => total + value, 0);

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, least and greatest of the rounds. */
export const summary = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) });

/** The greatest difference between two lists of logits; NaN where either has one. */
export function largestDifference(a, b) {
  if (a.length !== b.length) return NaN;
  return a.reduce((most, value, index) => {
    const difference = Math.abs(value - b[index]);
    return Number.isNaN(difference) || difference > most ? difference : most;
  }, 0);
}
