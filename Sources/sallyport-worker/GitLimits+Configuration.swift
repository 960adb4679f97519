import SallyportConfig
import SallyportGit

extension GitLimits {
  init(_ values: ConfigValues) {
    self.init()
    maximumFile = UInt64(values[WorkerCatalog.maximumFile])
    maximumObject = values[WorkerCatalog.maximumFile]
    maximumCache = UInt64(values[WorkerCatalog.maximumMirrors])
  }
}
