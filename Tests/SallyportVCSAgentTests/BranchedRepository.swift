@testable import SallyportVCSAgent

/// A repository of which a worker may see one part and not another.
struct BranchedRepository: Sendable {
  /// `refs/heads/main`.
  let main: String
  /// The annotated tag `refs/tags/v1` itself, and the commit behind it, on `main`.
  let tag: String
  let tagged: String
  /// `refs/heads/secret`, with a commit of its own.
  let secret: String
  /// On no ref.
  let hidden: String
  /// The commit before `main`.
  let parent: String

  /// Makes `repositories/team/app.git` and, beside it, `team/other.git`.
  init(_ scratch: Scratch, noise: Int = 0) async throws {
    _ = try await scratch.makeRepository(noise: noise)
    let ids = try await scratch.shell(
      """
      cd work
      git tag -a v1 -m "Version 1" HEAD~1
      git checkout -q -b secret; echo CANARY-secret > secret; git add -A; git commit -q -m Secret
      git checkout -q --detach main; echo CANARY-hidden > hidden; git add -A
      git commit -q -m Hidden
      git rev-parse main v1 'v1^{}' secret HEAD main~1
      git push -q ../repositories/team/app.git main secret v1 HEAD:refs/heads/passing
      git checkout -q main
      cd ..
      git -C repositories/team/app.git update-ref -d refs/heads/passing
      git -C repositories/team/app.git config uploadpack.allowFilter true
      git clone -q --bare work repositories/team/other.git
      """
    ).split(separator: "\n").map(String.init)
    guard ids.count == 6 else { throw ScratchError(description: "\(ids)") }
    (main, tag, tagged, secret, hidden, parent) = (ids[0], ids[1], ids[2], ids[3], ids[4], ids[5])
  }
}
