import GRPCCore
import Logging
import SallyportCore
import SallyportIdentity
import SallyportStore

/// The one place where errors of the gateway become gRPC statuses.
func withRPCErrors<Value>(
  _ logger: Logger, _ body: () async throws -> Value
) async throws -> Value {
  do {
    return try await body()
  } catch {
    throw rpcError(error, logger)
  }
}

/// The same for what ends without throwing.
func statusError(_ error: any Error, _ logger: Logger) -> RPCError {
  rpcError(error, logger) as? RPCError
    ?? RPCError(code: .cancelled, message: "the gateway has given the call up")
}

private func rpcError(_ error: any Error, _ logger: Logger) -> any Error {
  switch error {
  case is RPCError, is CancellationError: error
  case let error as AccessError:
    RPCError(
      code: error.code == .forbidden ? .permissionDenied : .unauthenticated,
      message: error.message)
  case let error as RequestError: RPCError(code: .invalidArgument, message: error.message)
  case let error as InvalidName: RPCError(code: .invalidArgument, message: error.description)
  case let error as StoreError: rpcError(error, logger)
  case let error as IdentityError where error.code == .invalidRequest || error.code == .weakKey:
    RPCError(code: .invalidArgument, message: error.message)
  default: internalError(error, logger)
  }
}

private func rpcError(_ error: StoreError, _ logger: Logger) -> RPCError {
  switch error.code {
  case .notFound: RPCError(code: .notFound, message: error.message)
  case .alreadyExists, .keyReused: RPCError(code: .alreadyExists, message: error.message)
  case .gone: RPCError(code: .failedPrecondition, message: error.message)
  case .conflict: RPCError(code: .aborted, message: error.message)
  case .revoked: RPCError(code: .permissionDenied, message: error.message)
  case .overloaded: RPCError(code: .resourceExhausted, message: error.message)
  case .unavailable: unavailable(error, logger)
  default: internalError(error, logger)
  }
}

/// The caller is told to come back. That the store is at fault is logged where it begins and ends, and
/// not once for each call.
private func unavailable(_ error: StoreError, _ logger: Logger) -> RPCError {
  logger.debug("a call was refused", metadata: ["error": "\(error)"])
  return RPCError(code: .unavailable, message: error.message)
}

/// What went wrong inside stays inside: the caller gets a sentence, the operator the log line.
private func internalError(_ error: any Error, _ logger: Logger) -> RPCError {
  logger.error("a call failed", metadata: ["error": "\(error)"])
  return RPCError(code: .internalError, message: "the gateway failed; its log says why")
}
