package import GRPCCore

/// What a handler knows of its call, beside what gRPC says of it: in `ServerContext.transportSpecific`.
package struct CallContext: Sendable, ServerContext.TransportSpecific {
  package let connection: PeerContext
  package let call: any LastingCall

  package init(connection: PeerContext, call: any LastingCall) {
    self.connection = connection
    self.call = call
  }
}

extension ServerContext {
  /// Nil where another transport than ours carries the call.
  package var callContext: CallContext? { transportSpecific as? CallContext }
}
