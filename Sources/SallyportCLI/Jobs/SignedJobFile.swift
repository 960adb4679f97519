import SallyportConfig
import SallyportCore
import SallyportSigning

/// The file of a signed job: an envelope as JSON.
struct SignedJobFile {
  let envelope: [UInt8]
  /// As the envelope says; nobody has verified it.
  let statement: JobStatement
  /// Ids of the keys that the envelope names; nobody has verified their signatures.
  let signers: [String]

  /// - Throws: ``ErrorReport`` with exit code 65, naming the file.
  init(_ path: String) throws(ErrorReport) {
    do {
      let file = try BoundedFile.read(path, limit: DSSEEnvelope.maximumLength)
      // A file ends with a newline; what was signed has none.
      envelope = Array(file.reversed().drop { $0 == UInt8(ascii: "\n") }.reversed())
      let parsed = try DSSEEnvelope(parsing: envelope)
      statement = try JobStatement(parsing: parsed.payload)
      signers = parsed.signatures.map(\.keyID)
    } catch {
      throw ErrorReport("\(path): \(error)", exitCode: SallyportCore.ExitCode.dataError)
    }
  }
}
