/** How many problems there are, in words. */

export function problemCountText(count: number): string {
  return count === 1 ? '1 problem' : `${count} problems`
}
