using Pipelines.NodeRed.Flows;

namespace Pipelines.Testing;

/// <summary>One request as it arrived, before any fault.</summary>
public sealed record FakeRequest(string Method, string Path, TimeSpan At, long Bytes)
{
    public override string ToString() => $"{At.TotalMilliseconds:0} ms {Method} {Path}";
}

/// <summary>One deploy that was carried out.</summary>
/// <param name="Revision">What it brought.</param>
/// <param name="Type">How much was restarted.</param>
/// <param name="ExpectedRevision">What whoever deployed expected to find; null is anything.</param>
/// <param name="CredentialsOf">The nodes whose credentials came with it.</param>
/// <param name="At">When it was over, since this fake began.</param>
/// <param name="Before">What was held until then.</param>
/// <param name="When">When the new flows were stored, by the clock that everybody has.</param>
public sealed record FakeDeploy(Digest Revision, string Type, string? ExpectedRevision, IReadOnlyList<string> CredentialsOf, TimeSpan At, Digest Before, DateTimeOffset When);
