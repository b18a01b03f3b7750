const SIZE = 512;
const SHAPES = 24;

/** A picture that the text decides on: the same one each time, and another one for every text. */
export function drawing(text: string): string {
  const hash = new Bun.CryptoHasher("sha256").update(text).digest();
  const byte = (n: number) => (hash[n % hash.length] ?? 0) ^ ((n * 37) & 0xff);
  const hue = (byte(0) / 255) * 360;
  const shapes = Array.from({ length: SHAPES }, (_, n) => {
    const [x, y, r] = [byte(3 * n + 1) * 2, byte(3 * n + 2) * 2, 20 + byte(3 * n + 3) / 3];
    const colour = `hsl(${Math.round(hue + byte(n) / 3)} 70% ${40 + (byte(n + 7) % 40)}%)`;
    return `<circle cx="${x}" cy="${y}" r="${Math.round(r)}" fill="${colour}" fill-opacity="0.7"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}"><rect width="${SIZE}" height="${SIZE}" fill="hsl(${Math.round(hue)} 40% 20%)"/>${shapes.join("")}</svg>\n`;
}
