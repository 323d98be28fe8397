import type Stripe from 'stripe'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKit, deliveredTypes, type Kit, packCheckout } from './test-kit'

let kit: Kit
let intent: string
beforeEach(async () => {
  kit = await createKit()
  const session = await packCheckout(kit)
  kit.control.payCheckout(session.id)
  const done = await kit.stripe.checkout.sessions.retrieve(session.id)
  intent = String(done.payment_intent)
  await deliveredTypes(kit)
})

async function charge(): Promise<Stripe.Charge> {
  const found = await kit.stripe.paymentIntents.retrieve(intent, { expand: ['latest_charge.refunds'] })
  if (found.latest_charge === null || typeof found.latest_charge === 'string') throw new Error('no charge')
  return found.latest_charge
}

describe('a refund', () => {
  it('can return a whole charge', async () => {
    const refund = await kit.stripe.refunds.create({
      payment_intent: intent,
      reason: 'requested_by_customer',
    })
    expect(refund).toMatchObject({ amount: 600, status: 'succeeded', payment_intent: intent })
    expect(await charge()).toMatchObject({ amount_refunded: 600, refunded: true, status: 'succeeded' })
    expect(await deliveredTypes(kit)).toEqual([
      'refund.created',
      'charge.refunded',
      'refund.updated',
      'charge.refund.updated',
    ])
  })

  it('can be partial and repeated, up to the amount paid', async () => {
    const { id } = await charge()
    await kit.stripe.refunds.create({ charge: id, amount: 100 })
    await kit.stripe.refunds.create({ charge: id, amount: 200 })
    const partly = await charge()
    expect(partly).toMatchObject({ amount_refunded: 300, refunded: false })
    expect(partly.refunds?.data.map(({ amount }) => amount)).toEqual([200, 100])
    await expect(kit.stripe.refunds.create({ charge: id, amount: 301 })).rejects.toThrow(
      'greater than unrefunded',
    )
    await kit.stripe.refunds.create({ charge: id })
    await expect(kit.stripe.refunds.create({ charge: id })).rejects.toMatchObject({
      code: 'charge_already_refunded',
    })
    const listed = await kit.stripe.refunds.list({ payment_intent: intent })
    expect(listed.data.map(({ amount }) => amount)).toEqual([300, 200, 100])
  })

  it('restores the charge if it is pending and then fails', async () => {
    kit.control.setFaults({ refunds: 'pending' })
    const refund = await kit.stripe.refunds.create({ payment_intent: intent, amount: 400 })
    expect(refund).toMatchObject({ status: 'pending', pending_reason: 'processing' })
    expect((await charge()).amount_refunded).toBe(400)
    await deliveredTypes(kit)
    kit.control.settleRefund(refund.id, 'failed')
    expect(await kit.stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
    })
    expect(await charge()).toMatchObject({ amount_refunded: 0, refunded: false })
    expect(await deliveredTypes(kit)).toEqual(['refund.failed', 'refund.updated', 'charge.refund.updated'])
    kit.control.settleRefund(refund.id, 'succeeded')
    expect(await deliveredTypes(kit)).toEqual([])
  })

  it('can succeed after it was pending, and can still fail after it succeeded', async () => {
    kit.control.setFaults({ refunds: 'pending' })
    const refund = kit.control.refund({ paymentIntent: intent }, 100)
    expect(kit.control.settleRefund(refund.id, 'succeeded').status).toBe('succeeded')
    expect(kit.control.settleRefund(refund.id, 'failed').status).toBe('failed')
    expect((await charge()).amount_refunded).toBe(0)
  })

  it('is refused for an amount of zero or an unpaid payment', async () => {
    await expect(kit.stripe.refunds.create({ payment_intent: intent, amount: 0 })).rejects.toThrow('positive')
    await expect(kit.stripe.refunds.create({})).rejects.toThrow('payment_intent or charge')
    const session = await packCheckout(kit)
    kit.control.payCheckout(session.id, { outcome: 'card_declined' })
    const open = await kit.stripe.checkout.sessions.retrieve(session.id)
    await expect(kit.stripe.refunds.create({ payment_intent: String(open.payment_intent) })).rejects.toThrow(
      'successful charge',
    )
  })
})

describe('a dispute', () => {
  const open = (options?: { amount?: number; inquiry?: boolean }) =>
    kit.control.openDispute({ paymentIntent: intent }, options)
  const withdrawn = async (id: string) => {
    const { balance_transactions } = await kit.stripe.disputes.retrieve(id)
    return balance_transactions.reduce((sum, { amount }) => sum + amount, 0)
  }

  it('withdraws the money immediately and prevents refunds', async () => {
    const dispute = open()
    expect(dispute).toMatchObject({ status: 'needs_response', amount: 600, is_charge_refundable: false })
    expect(await deliveredTypes(kit)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn'])
    expect((await charge()).disputed).toBe(true)
    expect(await withdrawn(dispute.id)).toBe(-600)
    await expect(kit.stripe.refunds.create({ payment_intent: intent })).rejects.toMatchObject({
      code: 'charge_disputed',
    })
    const listed = await kit.stripe.disputes.list({ payment_intent: intent })
    expect(listed.data.map(({ id }) => id)).toEqual([dispute.id])
  })

  it('returns the money when it is won', async () => {
    const { id } = open()
    await deliveredTypes(kit)
    kit.control.moveDispute(id, 'under_review')
    kit.control.moveDispute(id, 'won')
    expect(await deliveredTypes(kit)).toEqual([
      'charge.dispute.updated',
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ])
    expect(await withdrawn(id)).toBe(0)
    expect(() => kit.control.moveDispute(id, 'lost')).toThrow('cannot become')
  })

  it('does not return the money when it is lost or accepted by the seller', async () => {
    const { id } = open({ amount: 500 })
    await deliveredTypes(kit)
    expect((await kit.stripe.disputes.close(id)).status).toBe('lost')
    expect(await deliveredTypes(kit)).toEqual(['charge.dispute.closed'])
    expect(await withdrawn(id)).toBe(-500)
  })

  it('withdraws nothing while it is an inquiry, which can be closed', async () => {
    const { id, status } = open({ inquiry: true })
    expect(status).toBe('warning_needs_response')
    expect(await deliveredTypes(kit)).toEqual(['charge.dispute.created'])
    expect(await withdrawn(id)).toBe(0)
    kit.control.moveDispute(id, 'warning_closed')
    expect(await deliveredTypes(kit)).toEqual(['charge.dispute.closed'])
    expect((await kit.stripe.disputes.retrieve(id)).status).toBe('warning_closed')
    expect((await kit.stripe.refunds.create({ payment_intent: intent })).amount).toBe(600)
  })

  it('can start as an inquiry', async () => {
    const { id } = open({ inquiry: true })
    await deliveredTypes(kit)
    kit.control.moveDispute(id, 'escalated')
    expect(await deliveredTypes(kit)).toEqual(['charge.dispute.updated', 'charge.dispute.funds_withdrawn'])
    expect(await withdrawn(id)).toBe(-600)
  })

  it('is limited to the amount that has not been refunded', async () => {
    await kit.stripe.refunds.create({ payment_intent: intent, amount: 200 })
    expect(open().amount).toBe(400)
  })
})
