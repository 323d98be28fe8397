import type { Config } from 'tailwindcss'

/**
 * The names of the design tokens. Their values are defined once in `app/globals.css`, light and dark, so that charts,
 * lists and badges get the same colour from the same variable.
 */
const config: Config = {
  theme: {
    extend: {
      colors: {
        canvas: 'var(--canvas)',
        surface: 'var(--surface)',
        sunken: 'var(--sunken)',
        line: 'var(--line)',
        'line-strong': 'var(--line-strong)',
        ink: 'var(--ink)',
        muted: 'var(--muted)',
        accent: 'var(--accent)',
        'accent-hover': 'var(--accent-hover)',
        'accent-soft': 'var(--accent-soft)',
        'on-accent': 'var(--on-accent)',
        good: 'var(--good)',
        'good-soft': 'var(--good-soft)',
        warn: 'var(--warn)',
        'warn-fill': 'var(--warn-fill)',
        'warn-soft': 'var(--warn-soft)',
        bad: 'var(--bad)',
        'bad-soft': 'var(--bad-soft)',
        'on-bad': 'var(--on-bad)',
      },
      fontFamily: {
        sans: ['var(--font-geist-sans)', 'ui-sans-serif', 'system-ui', 'sans-serif'],
        mono: ['var(--font-geist-mono)', 'ui-monospace', 'monospace'],
      },
      fontSize: {
        figure: ['2.75rem', { lineHeight: '1.05', letterSpacing: '-0.03em', fontWeight: '500' }],
        display: ['2.5rem', { lineHeight: '1.1', letterSpacing: '-0.03em', fontWeight: '500' }],
        label: ['0.8125rem', { lineHeight: '1.25rem' }],
      },
      maxWidth: {
        // The width of every page's content; the shell adds the settings navigation (200) and its gap (56).
        content: '1040px',
        shell: '1296px',
        prose: '42rem',
      },
    },
  },
}

export default config
