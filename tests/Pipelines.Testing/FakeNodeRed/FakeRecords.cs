using Pipelines.NodeRed.Flows;

namespace Pipelines.Testing;

/// <summary>One request as it arrived, before any fault.</summary>
public sealed record FakeRequest(string Method, string Path, TimeSpan At, long Bytes)
{
    public override string ToString() => $"{At.TotalMilliseconds:0} ms {Method} {Path}";
}

/// <summary>One deploy that was carried out.</summary>
public sealed record FakeDeploy(Digest Revision, string Type, string? ExpectedRevision, IReadOnlyList<string> CredentialsOf, TimeSpan At);
