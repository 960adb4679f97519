import CSallyportProcess
import Glibc
import SallyportCore
import SallyportSecrets
import Synchronization

/// The files in which one job finds secrets: mode 0600, in a folder of mode 0700 that is in memory.
///
/// Their descriptors are kept, so that in the end what was written is overwritten also where the job
/// has moved a file away.
final class SecretFolder: Sendable {
  private struct State {
    var isMade = false
    var files: [FileDescriptor] = []
  }

  let path: String
  private let settings: SecretSettings
  private let state = Mutex(State())

  init(_ attempt: AttemptID, _ settings: SecretSettings) {
    path = "\(settings.folder)/\(attempt.fileName)"
    self.settings = settings
  }

  /// Writes files into a new folder. Blocks.
  ///
  /// - Throws: ``SecretFolderError`` where the file system is not in memory; ``SystemError``.
  func write(_ files: [SecretFileContents]) throws {
    try requireMemory()
    try makeParent()
    state.withLock { $0.isMade = true }
    guard mkdir(path, 0o700) == 0 else { throw SystemError.last("make \(path)") }
    for file in files {
      var folder = path
      for segment in file.path.split(separator: "/").dropLast() {
        folder += "/\(segment)"
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
          throw SystemError.last("make \(folder)")
        }
      }
      let descriptor = try FileDescriptor.open(
        "\(path)/\(file.path)", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
      state.withLock { $0.files.append(descriptor) }
      try file.value.withBytes { (bytes) throws(SystemError) in
        try write(bytes, to: descriptor)
      }
    }
  }

  /// In place: `FileDescriptor` would copy the bytes.
  private func write(
    _ bytes: UnsafeRawBufferPointer, to file: FileDescriptor
  ) throws(SystemError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(file.number, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw .last("write a secret below \(path)")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Whether there may be anything to ``erase()``.
  var mayHoldSomething: Bool { state.withLock { $0.isMade } }

  /// Overwrites and removes what was written, and all that the job has put beside it. Blocks.
  func erase() throws(SystemError) {
    let (isMade, files) = state.withLock { state in
      defer { state = State() }
      return (state.isMade, state.files)
    }
    for file in files { SecretErasure.overwrite(file.number) }
    if isMade { try SecretErasure.erase(path) }
  }

  private func requireMemory() throws {
    guard !settings.allowsDisk else { return }
    let isInMemory = sallyport_file_is_in_memory(settings.directory)
    guard isInMemory >= 0 else {
      throw SystemError("look at \(settings.directory)", number: -isInMemory)
    }
    guard isInMemory == 1 else { throw SecretFolderError(directory: settings.directory) }
  }

  /// Shared with other users as the directory may be, this worker's own folder must be its own.
  private func makeParent() throws(SystemError) {
    let parent = settings.folder
    guard mkdir(parent, 0o700) == 0 || errno == EEXIST else { throw .last("make \(parent)") }
    var status = stat()
    guard lstat(parent, &status) == 0 else { throw .last("look at \(parent)") }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
      status.st_mode & 0o077 == 0
    else { throw SystemError("use \(parent), which is not this user's own", number: EPERM) }
  }
}
