/// A program that wraps or unwraps: it reads standard input to its end and writes the result, as it
/// is, to standard output.
package struct KeyCommand: Hashable, Sendable {
  /// The program, absolute or looked up in PATH, and its arguments. No shell has a part in it.
  package let arguments: [String]

  /// - Throws: ``EncryptionError/Code/unusableMasterKey`` without a program, or with an argument that
  ///   no program can be given.
  package init(_ arguments: [String]) throws(EncryptionError) {
    guard let program = arguments.first, !program.isEmpty,
      !arguments.contains(where: { $0.utf8.contains(0) })
    else {
      throw EncryptionError(
        .unusableMasterKey, "a command of the master key needs a program and its arguments")
    }
    self.arguments = arguments
  }

  /// The program's name, for messages: an argument may be what nobody should see.
  var name: String {
    let program = arguments.first ?? ""
    return program.split(separator: "/").last.map(String.init) ?? program
  }
}
