import Foundation
import Testing

@testable import SallyportWorker

struct DirectoryRemovalTests {
  private func shell(_ script: String, in directory: TemporaryDirectory) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = URL(filePath: directory.path)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  @Test func whateverAJobLeavesIsRemoved() throws {
    let directory = try TemporaryDirectory()
    try shell(
      """
      mkdir -p tree/a/b/c outside; echo keep > outside/file
      ln -s ../outside tree/link; ln -s /etc tree/a/etc; mkfifo tree/a/fifo
      echo x > "tree/a/$(printf 'bad\\377name')"; mkdir "tree/$(printf 'dir\\376')"
      echo y > "tree/$(printf 'dir\\376')/file"; echo z > 'tree/a/new
      line'; chmod 000 tree/a/b; chmod 500 tree/a
      """, in: directory)
    try DirectoryRemoval.remove(directory.file("tree"))
    #expect(!FileManager.default.fileExists(atPath: directory.file("tree")))
    #expect(try String(contentsOfFile: directory.file("outside/file"), encoding: .utf8) == "keep\n")
  }

  @Test func aTreeDeeperThanAnyPathIsRemoved() throws {
    let directory = try TemporaryDirectory()
    var number = open(directory.path, O_RDONLY | O_DIRECTORY)
    for depth in 0..<3_000 {
      let name = depth == 0 ? "tree" : "dddddddd"
      try #require(mkdirat(number, name, 0o700) == 0)
      let child = openat(number, name, O_RDONLY | O_DIRECTORY)
      close(number)
      number = child
    }
    close(number)
    try DirectoryRemoval.remove(directory.file("tree"))
    #expect(!FileManager.default.fileExists(atPath: directory.file("tree")))
  }

  @Test func nothingAndAFileAndALinkAreFine() throws {
    let directory = try TemporaryDirectory()
    try DirectoryRemoval.remove(directory.file("absent"))
    try shell("echo x > file; mkdir target; ln -s target link", in: directory)
    try DirectoryRemoval.remove(directory.file("file"))
    try DirectoryRemoval.remove(directory.file("link"))
    #expect(FileManager.default.fileExists(atPath: directory.file("target")))
  }
}
