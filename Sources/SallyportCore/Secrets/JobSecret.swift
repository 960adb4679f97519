/// A secret that a job asks for: its name, and how it is to be delivered. Never its value.
package struct JobSecret: Hashable, Sendable {
  /// Of one job.
  package static let maximumCount = 64
  package static let expected = "NAME, NAME=as:VARIABLE or NAME=file:PATH"

  package let name: SecretName
  package let delivery: SecretDelivery

  /// - Throws: ``InvalidJobSecret`` where variable or path do not have the form.
  package init(_ name: SecretName, _ delivery: SecretDelivery) throws(InvalidJobSecret) {
    switch delivery {
    case .environment(let variable):
      guard VariableName.isValid(variable) else {
        throw InvalidJobSecret(
          "the secret \(name) needs the name of a variable: letters, digits and '_', not beginning "
            + "with SALLYPORT_, as in \(name)=as:VARIABLE")
      }
    case .file(let path):
      guard SecretPath.isValid(path) else {
        throw InvalidJobSecret(
          "the secret \(name) needs a relative path of letters, digits, '.', '_', '-' and '/', as "
            + "in \(name)=file:PATH")
      }
    }
    self.name = name
    self.delivery = delivery
  }

  /// As people write it: `NAME`, `NAME=as:VARIABLE`, `NAME=as VARIABLE` or `NAME=file:PATH`.
  ///
  /// - Throws: ``InvalidJobSecret``. It never has what follows the name: that may be the value, given
  ///   here by mistake.
  package init(parsing text: String) throws(InvalidJobSecret) {
    let equals = text.firstIndex(of: "=") ?? text.endIndex
    guard let name = SecretName(text[..<equals]) else {
      throw InvalidJobSecret(
        "a secret is given as \(Self.expected); a name begins with a letter or '_' and has letters, "
          + "digits, '_', '-' and '.'")
    }
    guard equals != text.endIndex else {
      try self.init(name, .environment(name.rawValue))
      return
    }
    let rest = text[text.index(after: equals)...]
    if rest.hasPrefix("as:") || rest.hasPrefix("as ") {
      try self.init(name, .environment(String(rest.dropFirst(3))))
    } else if rest.hasPrefix("file:") {
      try self.init(name, .file(String(rest.dropFirst(5))))
    } else {
      throw InvalidJobSecret(
        "the secret \(name) is given as \(Self.expected), never with its value: the worker has that"
      )
    }
  }

  /// Whether it comes in a variable that is called otherwise.
  package var renamedVariable: String? {
    guard case .environment(let variable) = delivery, variable != name.rawValue else { return nil }
    return variable
  }
}

extension JobSecret: CustomStringConvertible {
  /// The text that ``init(parsing:)`` reads.
  package var description: String {
    switch delivery {
    case .environment(let variable):
      variable == name.rawValue ? "\(name)" : "\(name)=as:\(variable)"
    case .file(let path): "\(name)=file:\(path)"
    }
  }
}

extension [JobSecret] {
  /// Whether they can be delivered together.
  ///
  /// - Parameter environment: Names of the job's own variables.
  /// - Throws: ``InvalidJobSecret``: too many, a secret twice, two at one place.
  package func check(
    beside environment: some Collection<String>
  ) throws(InvalidJobSecret) {
    guard count <= JobSecret.maximumCount else {
      throw InvalidJobSecret("a job has at most \(JobSecret.maximumCount) secrets")
    }
    guard Set(map(\.name)).count == count else {
      throw InvalidJobSecret("a job names each secret once")
    }
    var taken = Set(environment)
    var files: [String] = []
    for secret in self {
      switch secret.delivery {
      case .environment(let variable):
        guard taken.insert(variable).inserted else {
          throw InvalidJobSecret(
            "the variable \(variable) of the secret \(secret.name) is set twice")
        }
      case .file(let path):
        // Also where one would have to be a folder for the other.
        let isTaken = files.contains {
          $0 == path || $0.hasPrefix("\(path)/") || path.hasPrefix("\($0)/")
        }
        guard !isTaken else {
          throw InvalidJobSecret("the file of the secret \(secret.name) is another one's already")
        }
        files.append(path)
      }
    }
  }
}
