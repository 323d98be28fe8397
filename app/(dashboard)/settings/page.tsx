import { redirect } from 'next/navigation'

/** Redirects to the credits page, the first page of the settings. */
export default function SettingsPage() {
  redirect('/settings/credits')
}
