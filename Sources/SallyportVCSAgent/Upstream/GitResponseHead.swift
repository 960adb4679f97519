internal import HTTPTypes

/// The only response heads that a worker gets from an upstream.
enum GitResponseHead {
  static func contentType(of resource: RepositoryPath.Resource) -> String {
    switch resource {
    case .advertisement: "application/x-git-upload-pack-advertisement"
    case .uploadPack: "application/x-git-upload-pack-result"
    }
  }

  static func make(for resource: RepositoryPath.Resource) -> HTTPResponse {
    HTTPResponse(
      status: .ok,
      headerFields: [
        .contentType: contentType(of: resource), .cacheControl: "no-cache",
      ])
  }
}
