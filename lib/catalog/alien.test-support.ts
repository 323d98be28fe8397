import type { CatalogDocument } from './document'
import { catalogOf } from './read-document'
import type { Catalog } from './types'

/**
 * A catalogue that has nothing in common with the shipped one: five plans, two of them paid by the year and one with a
 * trial, three currencies, a family that mixes the editor with apps, and one whose operation is priced by a field of
 * its own.
 */
const ALIEN: CatalogDocument = {
  brand: {
    name: 'Chorus',
    supportEmail: 'help@chorus.example',
    accent: { light: '#0b6b50', dark: '#6fd3b0' },
  },
  units: [
    { key: 'piece', singular: 'piece', plural: 'pieces' },
    { key: 'bar', singular: 'bar', plural: 'bars' },
    { key: 'cubic metre', singular: 'cubic metre', plural: 'cubic metres' },
  ],
  usageFields: [
    {
      key: 'bars',
      label: 'Bars',
      singular: 'bar',
      plural: 'bars',
      unit: 'bar',
      slider: { max: 200, step: 4 },
    },
    {
      key: 'repeatedBars',
      label: 'Repeated bars',
      singular: 'repeated bar',
      plural: 'repeated bars',
      unit: 'bar',
      partOf: 'bars',
      slider: { max: 200, step: 4 },
    },
    {
      key: 'roomVolume',
      label: 'Room',
      singular: 'cubic metre',
      plural: 'cubic metres',
      unit: 'cubic metre',
      decimals: 2,
      max: 100_000,
      required: true,
      slider: { max: 500, step: 0.5 },
    },
  ],
  usageFlags: [{ key: 'choir', label: 'Choir' }],
  families: [
    {
      key: 'score',
      label: 'Score',
      color: { light: '#8468e3', dark: '#8b74e6' },
      strong: { light: '#5236b8', dark: '#c4b5ff' },
      soft: { light: '#f0ecfd', dark: '#231d3d' },
    },
    {
      key: 'space',
      label: 'Space',
      color: { light: '#b57f0a', dark: '#b98a1f' },
      strong: { light: '#7a5300', dark: '#f0c768' },
      soft: { light: '#fbf2dc', dark: '#2c230d' },
    },
  ],
  tiers: [
    { key: 'stage', name: 'Stage' },
    { key: 'hall', name: 'Hall' },
  ],
  operations: [
    {
      key: 'editor.arrange',
      name: 'Arranging',
      description: 'Changes a score by talking about it.',
      examples: ['Another key', 'A shorter ending'],
      family: 'score',
      tier: 'stage',
      unit: 'piece',
      shownAs: '~20 credits',
      rates: { bars: { amount: 0.5, per: 1 } },
      minimum: 5,
      everyday: { bars: 40 },
    },
    {
      key: 'score.sketch',
      name: 'Sketch',
      description: 'A melody with chords.',
      examples: ['A jingle', 'A lullaby'],
      family: 'score',
      tier: 'stage',
      unit: 'bar',
      shownAs: '~1.5 credits',
      rates: { bars: { amount: 1.5, per: 1 }, repeatedBars: { amount: 0.1, per: 1 } },
      minimum: 3,
      surchargedBy: { choir: 'score.choir' },
      everyday: { bars: 16, repeatedBars: 4 },
    },
    {
      key: 'score.master',
      name: 'Full Score',
      description: 'Every part of an orchestra.',
      examples: ['A film scene', 'An overture'],
      family: 'score',
      tier: 'hall',
      unit: 'bar',
      shownAs: '~12 credits',
      rates: { bars: { amount: 12, per: 1 }, repeatedBars: { amount: 1, per: 1 } },
      minimum: 30,
      surchargedBy: { choir: 'score.choir' },
      cheaperAlternative: 'score.sketch',
      everyday: { bars: 32 },
    },
    {
      key: 'score.choir',
      name: 'Choir',
      description: 'Voices on top of a score.',
      examples: ['A refrain', 'A hymn'],
      family: 'score',
      tier: 'stage',
      unit: 'piece',
      shownAs: '+25 credits',
      surcharge: 25,
    },
    {
      key: 'space.echo',
      name: 'Room Echo',
      description: 'How a room answers.',
      examples: ['A cathedral', 'A bathroom'],
      family: 'space',
      tier: 'stage',
      unit: 'cubic metre',
      shownAs: '0.8 credits',
      rates: { roomVolume: { amount: 4, per: 5 } },
      everyday: { roomVolume: 62.5 },
    },
  ],
  currencies: ['eur', 'jpy', 'kwd'],
  plans: [
    {
      key: 'listener',
      name: 'Listener',
      rank: 0,
      credits: 300,
      tiers: ['stage'],
      sellingPoints: ['No card needed'],
    },
    {
      key: 'player',
      name: 'Player',
      rank: 1,
      prices: { kwd: 2_500, eur: 790, jpy: 1_200 },
      credits: 2_400,
      tiers: ['stage'],
      sellingPoints: ['Scores without a watermark'],
    },
    {
      key: 'player_year',
      name: 'Player, by the year',
      rank: 2,
      interval: 'year',
      prices: { kwd: 25_000, eur: 7_900, jpy: 12_000 },
      credits: 2_400,
      tiers: ['stage'],
      trialDays: 21,
      trialCredits: 600,
    },
    {
      key: 'band',
      name: 'Band',
      rank: 3,
      prices: { kwd: 9_500, eur: 2_990, jpy: 4_800 },
      credits: 12_000,
      tiers: ['stage', 'hall'],
      sellingPoints: ['Parts for every instrument', 'Answers within a day'],
    },
    {
      key: 'band_year',
      name: 'Band, by the year',
      rank: 4,
      interval: 'year',
      prices: { kwd: 95_000, eur: 29_900, jpy: 48_000 },
      credits: 12_000,
      tiers: ['stage', 'hall'],
    },
  ],
  packs: [
    {
      key: 'encore',
      name: 'Encore',
      credits: 800,
      prices: { kwd: 1_250, eur: 390, jpy: 600 },
      expiresAfterDays: 90,
    },
    { key: 'tour', name: 'Tour', credits: 9_000, prices: { kwd: 11_500, eur: 3_600, jpy: 5_700 } },
  ],
  premium: 0.25,
  terms: {
    holdSecondsDefault: 600,
    holdSecondsMax: 7_200,
    lateCaptureSecondsMax: 3_600,
    renewalGraceHoursMax: 48,
    refundPromoDays: 14,
    rewardPerPayerDailyMax: 500,
    rewardPerCreatorDailyMax: 4_000,
    creatorFiguresPayersMin: 3,
  },
}

/** A copy that may be changed. */
export function alienDocument(): CatalogDocument {
  return structuredClone(ALIEN)
}

export function withAlien(): Catalog {
  return catalogOf(alienDocument(), 1, null)
}
