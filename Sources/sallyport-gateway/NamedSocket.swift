import SallyportConfig
import SallyportTransport

/// A listening socket, with what a successor has to know to use it in place of its own.
struct NamedSocket: Sendable {
  /// One of ``Startup/names``.
  let name: String
  /// As configured: the port may be zero.
  let address: HostPort
  let socket: ListeningSocket
}
