internal import SallyportBytes
import SallyportCore
import SallyportSealing

/// What sealed secrets, variables and pool keys must look like to be stored.
enum SecretRules {
  /// Contexts that a job names at most.
  static let maximumContexts = 16
  /// Bytes of a variable's value.
  static let maximumValue = 32 << 10
  /// Bytes of a certificate.
  static let maximumCertificate = 16 << 10

  /// What is refused is not repeated: it may be a value, given by mistake.
  static func secretName(_ text: String) throws -> String {
    guard let name = SecretName(text) else {
      throw RequestError(
        "the name of a secret begins with a letter or '_' and has at most 128 letters, digits, '_', "
          + "'-' and '.'")
    }
    return name.rawValue
  }

  static func variableName(_ text: String) throws -> String {
    guard VariableName.isValid(text) else {
      throw RequestError(
        "the name of a variable begins with a letter or '_', has at most 128 letters, digits and "
          + "'_', and does not begin with SALLYPORT_")
    }
    return text
  }

  static func value(_ text: String) throws -> String {
    guard text.utf8.count <= maximumValue, !text.utf8.contains(0) else {
      throw RequestError(
        "the value of a variable has at most \(maximumValue) bytes, none of them NUL")
    }
    return text
  }

  /// That it is a sealed secret is all that can be seen of it here.
  static func sealed(_ bytes: [UInt8]) throws -> SealedSecret {
    do throws(SealingError) {
      return try SealedSecret(parsing: bytes)
    } catch {
      throw RequestError(error.message)
    }
  }

  static func keyID(_ text: String) throws -> String {
    guard text.isHexadecimal(digits: 64) else {
      throw RequestError("a key id has 64 lower-case hexadecimal digits")
    }
    return text
  }

  static func contexts(_ names: [String]) throws -> [ContextName] {
    guard names.count <= maximumContexts, Set(names).count == names.count else {
      throw RequestError("a job names at most \(maximumContexts) contexts, each once")
    }
    return try names.map { try ContextName($0) }
  }
}
