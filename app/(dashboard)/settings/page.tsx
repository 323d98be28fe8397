import { redirect } from 'next/navigation'

/** The settings begin with the credits page. */
export default function SettingsPage() {
  redirect('/settings/credits')
}
