import { ChevronDown } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { classNames } from '@/components/ui/class-names'

/** The attributes that connect a control to its label, hint and error. */
export type ControlIds = {
  id: string
  'aria-describedby': string | undefined
  'aria-invalid': true | undefined
}

type Described = { label: ReactNode; hint?: ReactNode; error?: ReactNode; hideLabel?: boolean }

type FieldProps = Described & { className?: string; children: (ids: ControlIds) => ReactNode }

/** The label, hint and error around a control, which receives the ids. */
export function Field({ label, hint, error, hideLabel = false, className, children }: FieldProps) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={classNames('min-w-0', className)}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'mb-1.5 block text-label font-medium text-ink'}>
        {label}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error ? true : undefined })}
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-label text-muted">
          {hint}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-label text-bad">
          {error}
        </p>
      )}
    </div>
  )
}

export const controlClass =
  'min-h-10 w-full rounded-md border border-line-strong bg-surface px-3 text-sm text-ink placeholder:text-muted aria-invalid:border-bad disabled:opacity-55'

type InputProps = Described & Omit<ComponentProps<'input'>, 'id'> & { suffix?: string }

/** A text or number field; `suffix` names the unit behind the number. */
export function Input({ label, hint, error, hideLabel, className, suffix, ...props }: InputProps) {
  const numeric = props.type === 'number' || props.inputMode === 'decimal' || props.inputMode === 'numeric'
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel} className={className}>
      {(ids) => (
        <span className="relative block">
          <input
            {...props}
            {...ids}
            className={classNames(controlClass, numeric && 'tabular-nums', suffix && 'pr-20')}
          />
          {suffix && (
            <span
              aria-hidden="true"
              className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-label text-muted"
            >
              {suffix}
            </span>
          )}
        </span>
      )}
    </Field>
  )
}

export type SelectOption = { value: string; label: string; disabled?: boolean }

type SelectProps = Described & Omit<ComponentProps<'select'>, 'id' | 'children'> & { options: SelectOption[] }

/** The native select, which works on phones and by keyboard without further code. */
export function Select({ label, hint, error, hideLabel, className, options, ...props }: SelectProps) {
  return (
    <Field label={label} hint={hint} error={error} hideLabel={hideLabel} className={className}>
      {(ids) => (
        <span className="relative block">
          <select {...props} {...ids} className={classNames(controlClass, 'appearance-none pr-9')}>
            {options.map((option) => (
              <option key={option.value} value={option.value} disabled={option.disabled}>
                {option.label}
              </option>
            ))}
          </select>
          <ChevronDown
            aria-hidden="true"
            className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-muted"
          />
        </span>
      )}
    </Field>
  )
}
