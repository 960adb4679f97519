/// The place for secret files is on a disk.
struct SecretFolderError: Error, Hashable, CustomStringConvertible {
  let directory: String

  var description: String {
    "no secret files: \(directory) is not a file system in memory (tmpfs): set secrets.directory"
  }
}
