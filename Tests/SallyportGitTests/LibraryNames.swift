import CLibGit2

enum LibraryNames {
  /// libgit2's opinion of a reference name.
  static func isValid(_ name: String) -> Bool {
    var valid: CInt = 0
    return git_reference_name_is_valid(&valid, name) == 0 && valid == 1
  }
}
