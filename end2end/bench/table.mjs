// Tables of text, and the numbers in them.

export function median(list) {
  const sorted = list.filter((value) => value !== undefined).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export const number = (value, digits = 0) => (value === undefined ? "?" : value.toFixed(digits));

/** Rows of Markdown; the first column is text, the others are numbers. */
export function print(head, rows) {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const pad = (cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]));
  const [first, ...rest] = cells.map((row) => `| ${row.map(pad).join(" | ")} |`);
  const rule = `|${widths.map((width, column) => "-".repeat(width + 1) + (column ? ":" : "-")).join("|")}|`;
  console.log([first, rule, ...rest, ""].join("\n"));
}
