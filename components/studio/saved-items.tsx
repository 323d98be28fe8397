'use client'

import Image from 'next/image'
import { useActionState, useEffect, useRef, useState } from 'react'
import { ActionButton } from '@/components/apps/action-button'
import { type AppAction, NOTHING_DONE } from '@/components/apps/app-json'
import type { ItemActions, ItemJson } from '@/components/studio/item-json'
import { ReceiptLink } from '@/components/studio/run-outcome'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/empty-state'
import { controlClass, Field, Input } from '@/components/ui/field'
import { Form } from '@/components/ui/form'
import { Panel } from '@/components/ui/panel'
import { TITLE_LENGTH_MAX } from '@/lib/studio/choices'

type SavedItemsProps = { app: string; items: ItemJson[]; actions: ItemActions }

/** A person's saved items in an app. Viewing and editing them is free. */
export function SavedItems({ app, items, actions }: SavedItemsProps) {
  const [isWriting, setIsWriting] = useState(false)
  return (
    <Panel
      title="Saved"
      description="Only you can see these. Writing, editing and deleting here costs nothing."
      actions={
        !isWriting && (
          <Button size="sm" onClick={() => setIsWriting(true)}>
            Write a note
          </Button>
        )
      }
      flush
    >
      {isWriting && (
        <div className="border-b border-line px-5 pb-5 sm:px-6">
          <ItemForm app={app} item={null} action={actions.save} onClose={() => setIsWriting(false)} />
        </div>
      )}
      {items.length === 0 ? (
        <EmptyState title="You have not saved anything yet.">
          Everything you make above will be saved here.
        </EmptyState>
      ) : (
        <ul aria-label="Saved items" className="divide-y divide-line border-t border-line">
          {items.map((item) => (
            <li key={item.id} className="px-5 py-4 sm:px-6">
              <ItemCard app={app} item={item} actions={actions} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function ItemCard({ app, item, actions }: { app: string; item: ItemJson; actions: ItemActions }) {
  const [isEditing, setIsEditing] = useState(false)
  if (isEditing)
    return <ItemForm app={app} item={item} action={actions.save} onClose={() => setIsEditing(false)} />
  return (
    <article aria-label={item.title}>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <div className="min-w-0">
          <h3 className="break-words text-sm font-medium">{item.title}</h3>
          {item.cost && (
            <p className="mt-0.5 text-label text-muted tabular-nums">
              {item.cost.words} · <ReceiptLink charge={item.cost.charge} />
            </p>
          )}
        </div>
        <div className="flex flex-wrap gap-2">
          <Button size="sm" aria-label={`Edit ${item.title}`} onClick={() => setIsEditing(true)}>
            Edit
          </Button>
          <ActionButton
            action={actions.remove}
            fields={{ app, item: item.id }}
            label="Delete"
            busyLabel="Deleting…"
            name={`Delete ${item.title}`}
          />
        </div>
      </div>
      {item.media && <Media item={item} media={item.media} />}
      {item.body !== item.title && item.body !== '' && (
        <p className="mt-2 whitespace-pre-wrap break-words text-sm leading-6">{item.body}</p>
      )}
    </article>
  )
}

function Media({ item, media: { href, type } }: { item: ItemJson; media: { href: string; type: string } }) {
  const shape = 'mt-3 w-full max-w-lg rounded-md'
  const words = captionsOf(item.body)
  if (type.startsWith('audio/'))
    return (
      <audio controls src={href} aria-label={item.title} className={shape}>
        <track kind="captions" label="Text" src={words} />
      </audio>
    )
  if (type.startsWith('video/'))
    return (
      <video controls loop src={href} aria-label={item.title} className={shape}>
        <track kind="captions" label="Text" src={words} />
      </video>
    )
  // The image has its final size and is private, so `next/image` cannot optimise it.
  return (
    <Image
      unoptimized
      src={href}
      alt={item.title}
      width={768}
      height={512}
      className={`${shape} h-auto border border-line`}
    />
  )
}

/** Captions (WebVTT) with the spoken text. */
function captionsOf(text: string): string {
  const lines = text.replaceAll('-->', '→').replace(/\n{2,}/g, '\n')
  return `data:text/vtt,${encodeURIComponent(`WEBVTT\n\n00:00.000 --> 59:59.000\n${lines}`)}`
}

type ItemFormProps = { app: string; item: ItemJson | null; action: AppAction; onClose: () => void }

function ItemForm({ app, item, action, onClose }: ItemFormProps) {
  const [outcome, submit, isPending] = useActionState(action, NOTHING_DONE)
  const [title, setTitle] = useState(item?.title ?? '')
  const [body, setBody] = useState(item?.body ?? '')
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => {
    first.current?.focus()
  }, [])
  useEffect(() => {
    if (outcome.done > 0) onClose()
  }, [outcome, onClose])
  return (
    <Form action={submit} noValidate className="space-y-4">
      <input type="hidden" name="app" value={app} />
      {item && <input type="hidden" name="item" value={item.id} />}
      <Input
        ref={first}
        label="Title"
        name="title"
        value={title}
        maxLength={TITLE_LENGTH_MAX}
        autoComplete="off"
        onChange={(event) => setTitle(event.target.value)}
        error={outcome.errors.title}
      />
      <Field label="Text" error={outcome.errors.body}>
        {(ids) => (
          <textarea
            {...ids}
            name="body"
            rows={5}
            value={body}
            onChange={(event) => setBody(event.target.value)}
            className={`${controlClass} py-2`}
          />
        )}
      </Field>
      {(outcome.message ?? outcome.errors.item) && (
        <p role="alert" className="text-label text-bad">
          {outcome.message ?? outcome.errors.item}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="sm" variant="primary" busy={isPending}>
          {isPending ? 'Saving…' : 'Save'}
        </Button>
        <Button size="sm" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </Form>
  )
}
