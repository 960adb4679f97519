import HTTPTypes

/// A request that reached the server of a sealed channel.
struct SealedRequest: Sendable {
  let head: HTTPRequest
  let exchange: Exchange
  let calls: CallCounter
}
