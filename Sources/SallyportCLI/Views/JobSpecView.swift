import SallyportConfig
import SallyportProtos
import SwiftProtobuf

struct JobSpecView: Encodable, Sendable {
  struct Secret: Encodable, Sendable {
    let name: String
    /// A variable of the job.
    let environment: String?
    /// Below `SALLYPORT_SECRETS_DIR`.
    let file: String?
  }

  struct Checkout: Encodable, Sendable {
    let vcsPool: String
    let repository: String
    let ref: String?
    let commit: String?

    enum CodingKeys: String, CodingKey {
      case repository, ref, commit
      case vcsPool = "vcs_pool"
    }
  }

  let command: [String]
  let environment: [String: String]
  let checkout: Checkout?
  let timeoutSeconds: Int64?
  let secrets: [Secret]
  let contexts: [String]
  let image: String?

  enum CodingKeys: String, CodingKey {
    case command, environment, secrets, contexts, checkout, image
    case timeoutSeconds = "timeout_seconds"
  }

  init(_ spec: Sallyport_Worker_V1_JobSpec) {
    command = spec.command
    environment = spec.environment
    checkout =
      spec.hasCheckout
      ? Checkout(
        vcsPool: spec.checkout.vcsPool, repository: spec.checkout.repository,
        ref: spec.checkout.ref.isEmpty ? nil : spec.checkout.ref,
        commit: spec.checkout.commit.isEmpty ? nil : spec.checkout.commit) : nil
    timeoutSeconds = spec.hasTimeout ? spec.timeout.seconds : nil
    secrets = spec.secrets.map {
      Secret(
        name: $0.name, environment: $0.environment.isEmpty ? nil : $0.environment,
        file: $0.file.isEmpty ? nil : $0.file)
    }
    contexts = spec.contexts
    image = spec.image.isEmpty ? nil : spec.image
  }

  /// The command as people would type it, for reading only.
  var commandLine: String {
    command.map { $0.isEmpty || $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
  }

  var details: [(String, String)] {
    var details = [("command", commandLine)]
    if let checkout {
      details.append(("repository", "\(checkout.vcsPool):\(checkout.repository)"))
      if let ref = checkout.ref { details.append(("ref", ref)) }
    }
    if !secrets.isEmpty {
      details.append(("secrets", secrets.map(\.name).joined(separator: ", ")))
    }
    if !contexts.isEmpty { details.append(("contexts", contexts.joined(separator: ", "))) }
    if let timeoutSeconds {
      details.append(("timeout", DurationText.format(.seconds(timeoutSeconds))))
    }
    return details
  }
}
