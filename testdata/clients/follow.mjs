// Follows an order with the clients that people use, and says what each is told: node follow.mjs URL
import {ApolloClient, HttpLink, InMemoryCache, gql} from '@apollo/client'
import {Client, fetchExchange} from '@urql/core'
import {createClient as createSSE} from 'graphql-sse'
import {createClient as createWS} from 'graphql-ws'
import {pipe, subscribe} from 'wonka'
import WebSocket from 'ws'

const url = process.argv[2]
const query = 'subscription { order(id: 1) { id total } }'
const say = (client, what) => console.log(JSON.stringify({client, ...what}))
const soon = () => new Promise((done) => setTimeout(done, 50))

// The two that are made for it come again by themselves.
const again = {retryAttempts: Infinity, shouldRetry: () => true, retryWait: soon}
for (const [name, client] of [
  ['graphql-ws', createWS({...again, url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket})],
  ['graphql-sse', createSSE({...again, url})],
]) {
  client.subscribe({query}, {
    next: (result) => say(name, result),
    error: (error) => say(name, {failed: String(error)}),
    complete: () => say(name, {complete: true}),
  })
}

// Apollo's asks in parts, and leaves it to its user to come again.
const apollo = new ApolloClient({link: new HttpLink({uri: url}), cache: new InMemoryCache()})
const follow = () => {
  let over = false
  const anew = async () => {
    if (!over) {
      over = true
      await soon()
      follow()
    }
  }
  apollo.subscribe({query: gql(query), fetchPolicy: 'no-cache'}).subscribe({
    next: ({data, error}) => error ? anew() : say('apollo', {data: {order: {id: data.order.id, total: data.order.total}}}),
    error: anew,
    complete: anew,
  })
}
follow()

// urql's asks for events by fetch; a query, for which it names streams as well, has one answer.
const urql = new Client({url, preferGetMethod: false, exchanges: [fetchExchange], fetchSubscriptions: true})
const listen = () => {
  pipe(urql.subscription(query, {}), subscribe(({data, error, hasNext}) => {
    if (data && !error) {
      say('urql', {data})
    }
    if (error || !hasNext) {
      soon().then(listen)
    }
  }))
}
listen()
urql.query('{ order(id: 1) { id } }', {}).toPromise().then(({data}) => say('urql, a query', {data}))
