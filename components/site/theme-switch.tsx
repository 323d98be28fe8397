import { Monitor, Moon, Sun } from 'lucide-react'
import { setTheme } from '@/components/site/set-theme'
import { THEMES, type Theme } from '@/components/site/theme'
import { Form } from '@/components/ui/form'
import { segmentClass, segmentsClass } from '@/components/ui/segments'

const looks = {
  system: { label: 'System', icon: Monitor },
  light: { label: 'Light', icon: Sun },
  dark: { label: 'Dark', icon: Moon },
}

/** A form, so that the switch works without scripts. */
export function ThemeSwitch({ theme }: { theme: Theme }) {
  return (
    <Form action={setTheme}>
      <fieldset className={segmentsClass}>
        <legend className="sr-only">Theme</legend>
        {THEMES.map((choice) => {
          const { label, icon: Icon } = looks[choice]
          return (
            <button
              key={choice}
              type="submit"
              name="theme"
              value={choice}
              aria-pressed={choice === theme}
              className={segmentClass(choice === theme)}
            >
              <Icon aria-hidden="true" className="size-3.5" />
              {label}
            </button>
          )
        })}
      </fieldset>
    </Form>
  )
}
