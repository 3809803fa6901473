/// This release of Sluice: one number for all of its programs.
public enum Release {
    /// Semantic versioning 2.0.0.
    public static let version = "0.1.0"
}
