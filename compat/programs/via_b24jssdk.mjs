// @bitrix24/b24jssdk, the official JavaScript SDK: `actions.v2`, `B24Hook` and `B24OAuth`, as its documentation shows them.
// node via_b24jssdk.mjs JOB OPTIONS

import { B24Hook, B24OAuth, SdkError } from '@bitrix24/b24jssdk'

const dialogGet = (dialog) => ({ method: 'im.dialog.get', params: { DIALOG_ID: dialog } })

async function made(answer) {
  const response = await answer
  if (!response.isSuccess) throw new Error(response.getErrorMessages().join('; '))
  return response
}

const named = async (b24, dialog) => (await made(b24.actions.v2.call.make(dialogGet(dialog)))).getData().result.name

const jobs = {
  call: ({ url, dialog }) => named(B24Hook.fromWebhookUrl(url), dialog),

  async error({ url }) {
    try {
      await B24Hook.fromWebhookUrl(url).actions.v2.call.make({ method: 'im.no.such.method' })
    } catch (error) {
      if (error instanceof SdkError) return error.code
      throw error
    }
    return 'nothing was raised'
  },

  async send({ url, dialog, text }) {
    const params = { DIALOG_ID: dialog, MESSAGE: text }
    return (await made(B24Hook.fromWebhookUrl(url).actions.v2.call.make({ method: 'im.message.add', params }))).getData().result
  },

  // `callList` filters and orders by an id, which this method does not do: the documented loop over `next` is left.
  async find({ url, phrase }) {
    const b24 = B24Hook.fromWebhookUrl(url)
    const params = { FIND: phrase, LIMIT: 50 }
    let page = await made(b24.actions.v2.call.make({ method: 'im.search.chat.list', params }))
    const found = [...page.getData().result]
    while (page.isMore()) {
      page = await made(page.getNext(b24.getHttpClient('v2')))
      found.push(...page.getData().result)
    }
    return found.map((chat) => chat.id)
  },

  async batch({ url, dialogs }) {
    const b24 = B24Hook.fromWebhookUrl(url)
    const response = await made(b24.actions.v2.batchByChunk.make({ calls: dialogs.map(dialogGet) }))
    return Object.fromEntries(response.getData().map((chat, place) => [dialogs[place], chat.name]))
  },

  limits({ url, dialog, times }) {
    const b24 = B24Hook.fromWebhookUrl(url)
    return Promise.all(Array.from({ length: times }, () => named(b24, dialog)))
  },

  refresh({ endpoint, token_url, tokens, client_id, client_secret, dialog }) {
    const options = {
      domain: new URL(endpoint).host,
      memberId: tokens.member_id,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expires: tokens.expires,
      expiresIn: tokens.expires_in,
      scope: tokens.scope,
      status: tokens.status,
      clientEndpoint: endpoint.replace(/\/$/, ''),
      serverEndpoint: new URL('/rest/', token_url).href
    }
    return named(new B24OAuth(options, { clientId: client_id, clientSecret: client_secret }), dialog)
  }
}

const [job, options] = process.argv.slice(2)
const result = await jobs[job](JSON.parse(options))
process.stdout.write('\n' + JSON.stringify({ result, seconds: 0, peak: 0 }) + '\n')
process.exit(0)
