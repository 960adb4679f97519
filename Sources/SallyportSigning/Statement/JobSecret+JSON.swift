internal import SallyportCore

extension JobSecret {
  /// The name alone where the variable has the secret's own name.
  var json: JSONValue {
    switch delivery {
    case .environment(let variable) where variable == name.rawValue: .string(variable)
    case .environment(let variable):
      .object(["name": .string(name.rawValue), "environment": .string(variable)])
    case .file(let path): .object(["name": .string(name.rawValue), "file": .string(path)])
    }
  }
}

extension JSONReader {
  /// Secrets of a statement: names, or objects that say where the job finds each.
  ///
  /// A verifier of a version that knows names only refuses the objects, as it refuses every form that
  /// it does not know: no job runs without its secrets, or with one in another place.
  func secrets(_ member: String) throws(SignedJobError) -> [JobSecret] {
    try elements(member).map { (value) throws(SignedJobError) in
      if case .string(let text) = value {
        return try secret(text) { .environment($0.rawValue) }
      }
      let reader = try object(value, in: member)
      try reader.allow(["name", "environment", "file"])
      let variable = try reader.optionalString("environment")
      let path = try reader.optionalString("file")
      let delivery: SecretDelivery
      switch (variable, path) {
      case (let variable?, nil): delivery = .environment(variable)
      case (nil, let path?): delivery = .file(path)
      default: throw reader.malformed("has not one of 'environment' and 'file'")
      }
      return try reader.secret(try reader.string("name")) { _ in delivery }
    }
  }

  private func secret(
    _ text: String, delivery: (SecretName) -> SecretDelivery
  ) throws(SignedJobError) -> JobSecret {
    guard let name = SecretName(text) else { throw malformed("has a secret whose name is none") }
    do throws(InvalidJobSecret) {
      return try JobSecret(name, delivery(name))
    } catch {
      throw malformed("has a secret that cannot be delivered: \(error)")
    }
  }
}
