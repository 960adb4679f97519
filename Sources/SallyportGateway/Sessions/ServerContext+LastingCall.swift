import GRPCCore
import SallyportRelay

extension ServerContext {
  /// The call, for a handler that does not wait for its end.
  ///
  /// - Throws: Where the transport ends a call with its handler.
  var lastingCall: any LastingCall {
    get throws {
      guard let callContext else {
        throw RPCError(code: .internalError, message: "sessions need the gateway's own transport")
      }
      return callContext.call
    }
  }
}
