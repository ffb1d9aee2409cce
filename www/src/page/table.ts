/** Longer headers are no labels. */
const LONGEST = 40;

/** The column headers of tables, each table's once. */
export class TableLabels {
  readonly #labels = new Map<Element, string[]>();

  /**
   * What a cell is to be labelled with, or nothing: in a table of three columns or more, whose first row is its headers and which joins
   * no cells, the header of its column. The first column names the row.
   */
  of(element: Element): string {
    if (element.localName !== 'td') return '';
    const { cellIndex } = element as HTMLTableCellElement;
    const table = cellIndex > 0 ? (element.closest('table') as HTMLTableElement | null) : null;
    if (!table || table.rows[0]?.contains(element)) return '';
    let labels = this.#labels.get(table);
    if (!labels) this.#labels.set(table, (labels = labelsOf(table)));
    return labels[cellIndex] ?? '';
  }
}

function labelsOf(table: HTMLTableElement): string[] {
  const headers = [...(table.rows[0]?.cells ?? [])];
  if (headers.length < 3 || headers.some(({ localName }) => localName !== 'th')) return [];
  const joined = [...table.rows].some((row) => row.cells.length !== headers.length || [...row.cells].some(({ colSpan, rowSpan }) => colSpan > 1 || rowSpan > 1));
  const labels = headers.map((header) => header.textContent.replace(/\s+/g, ' ').trim().replace(/ ?:$/, ''));
  return joined || labels.some((label) => label.length > LONGEST) ? [] : labels;
}
