package import SallyportCore
package import SallyportProtos
internal import SwiftProtobuf

extension JobSecret {
  package var message: Sallyport_Worker_V1_JobSecret {
    .with {
      $0.name = name.rawValue
      switch delivery {
      case .environment(let variable): $0.environment = variable
      case .file(let path): $0.file = path
      }
    }
  }

  /// - Throws: ``InvalidJobSecret``, also where it is not said how it is delivered.
  package init(_ message: Sallyport_Worker_V1_JobSecret) throws(InvalidJobSecret) {
    guard let name = SecretName(message.name) else {
      throw InvalidJobSecret("a job names a secret whose name is none")
    }
    switch message.delivery {
    case .environment(let variable)?: try self.init(name, .environment(variable))
    case .file(let path)?: try self.init(name, .file(path))
    case nil:
      throw InvalidJobSecret("the secret \(name) has neither a variable nor a file")
    }
  }
}

extension Sallyport_Worker_V1_JobSpec {
  /// The job's secrets, in a form in which they can be delivered.
  package func checkedSecrets() throws(InvalidJobSecret) -> [JobSecret] {
    guard secrets.count <= JobSecret.maximumCount else {
      throw InvalidJobSecret("a job has at most \(JobSecret.maximumCount) secrets")
    }
    let checked = try secrets.map { (message) throws(InvalidJobSecret) in try JobSecret(message) }
    try checked.check(beside: environment.keys)
    return checked
  }
}
