package import SallyportCore

/// Where the value of a secret comes from.
package enum SecretProvider: Hashable, Sendable {
  /// In configuration, errors, ledger and metrics.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case file, environment, command, sealed
  }

  /// A file that only its owner can read.
  case file(path: String)
  /// A variable that the worker was started with.
  case environment(variable: String)
  case command(SecretCommand)
  /// Sealed for this worker's pool, in this context, and kept by the gateway.
  case sealed(context: ContextName)

  package var kind: Kind {
    switch self {
    case .file: .file
    case .environment: .environment
    case .command: .command
    case .sealed: .sealed
    }
  }
}

extension SecretProvider: CustomStringConvertible {
  /// Of a command its program only.
  package var description: String {
    switch self {
    case .file(let path): "file \(path)"
    case .environment(let variable): "environment \(variable)"
    case .command(let command): "command \(command.arguments.first ?? "")"
    case .sealed(let context): "sealed \(context)"
    }
  }
}
