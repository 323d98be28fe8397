import { numbersFrom, pick } from './seed'

const WIDTH = 768
const HEIGHT = 512

/** The colours of each mood: upper sky, lower sky, light, far hills, near hills. */
const MOODS: [RegExp, Mood][] = [
  [/night|moon|star|dark/i, ['#0b1530', '#27406e', '#f2edd3', '#1b2c4d', '#0a1222']],
  [/sunset|dusk|evening|autumn|fire|warm/i, ['#43275f', '#f08a5d', '#ffd98e', '#7c3b5c', '#2f1b33']],
  [/sea|ocean|lake|water|ship|lighthouse|rain/i, ['#9cc9e6', '#e8f4fa', '#ffffff', '#3f86ab', '#1b4f72']],
  [/forest|tree|garden|green|spring|leaf/i, ['#cfe8d5', '#f4f7e4', '#fff7c9', '#5f9a6b', '#26563a']],
  [/snow|winter|ice|mountain/i, ['#b9d3ea', '#f2f7fb', '#ffffff', '#90a9c2', '#536d88']],
]
type Mood = [string, string, string, string, string]
const OTHER_MOODS: [Mood, ...Mood[]] = [
  ['#dfe7fd', '#fdeff0', '#ffb4a2', '#8e9aaf', '#4a4e69'],
  ['#fef3c7', '#fde2e4', '#f4978e', '#b08968', '#6f4e37'],
  ['#d7f9f1', '#f0fff1', '#fcefb4', '#70c1b3', '#247ba0'],
]

export type PictureOptions = {
  prompt: string
  isAdvanced: boolean
  /** The index of this picture among several for one prompt. */
  index: number
}

/** A landscape derived from a prompt: its words choose the light, and a seeded generator draws the rest. */
export function drawPicture(options: PictureOptions): string {
  return frame(options.prompt, scene(options, null))
}

/** The same landscape in motion, looping every given number of seconds. */
export function drawVideo(options: PictureOptions & { seconds: number }): string {
  return frame(options.prompt, scene(options, options.seconds))
}

function frame(prompt: string, inside: string): string {
  const title = escapeText(prompt.slice(0, 200))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img"><title>${title}</title>${inside}</svg>`
}

function scene({ prompt, isAdvanced, index }: PictureOptions, seconds: number | null): string {
  const next = numbersFrom(`picture ${index} ${prompt}`)
  const [top, bottom, light, far, near] =
    MOODS.find(([words]) => words.test(prompt))?.[1] ?? pick(next, OTHER_MOODS)
  const sun = { x: 120 + next() * 520, y: 90 + next() * 130, r: 34 + next() * 30 }
  const layers = isAdvanced ? 5 : 3
  const hills = Array.from({ length: layers }, (_, layer) => {
    const depth = (layer + 1) / layers
    const y = 250 + depth * 170
    const opacity = 0.35 + depth * 0.65
    return `<path d="${hill(next, y, 26 + 34 * depth)}" fill="${depth > 0.6 ? near : far}" opacity="${opacity.toFixed(2)}"/>`
  })
  const specks = Array.from({ length: isAdvanced ? 40 : 14 }, () => {
    const [x, y, r] = [next() * WIDTH, next() * 240, 0.8 + next() * 2]
    return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${r.toFixed(1)}" fill="${light}" opacity="0.6"/>`
  })
  return [
    `<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="url(#sky)"/>`,
    moving(specks.join(''), seconds, '0 0; -60 0; 0 0'),
    moving(
      `<circle cx="${sun.x.toFixed(1)}" cy="${sun.y.toFixed(1)}" r="${sun.r.toFixed(1)}" fill="${light}"/>`,
      seconds,
      '0 60; 0 -40; 0 60',
    ),
    ...hills,
  ].join('')
}

function moving(inside: string, seconds: number | null, values: string): string {
  if (seconds === null) return inside
  return `<g>${inside}<animateTransform attributeName="transform" type="translate" values="${values}" dur="${seconds}s" repeatCount="indefinite"/></g>`
}

/** The outline of hills from edge to edge, closed at the bottom. */
function hill(next: () => number, y: number, height: number): string {
  const step = WIDTH / 4
  let path = `M0 ${y.toFixed(0)}`
  for (let x = 0; x < WIDTH; x += step) {
    const [rise, end] = [y - next() * height * 2, y + (next() - 0.5) * height]
    path += ` Q${(x + step / 2).toFixed(0)} ${rise.toFixed(0)} ${(x + step).toFixed(0)} ${end.toFixed(0)}`
  }
  return `${path} V${HEIGHT} H0 Z`
}

function escapeText(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
