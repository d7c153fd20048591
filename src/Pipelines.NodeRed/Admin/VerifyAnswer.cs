using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Admin;

/// <summary>What to verify on a replica.</summary>
/// <param name="Flows">The flows it must run; their digest is the revision it must hold.</param>
public sealed record VerifyOrder(FlowSet Flows)
{
    /// <summary>The pipeline's own checks, asked once the flows run.</summary>
    public IReadOnlyList<HttpCheck> Checks { get; init; } = [];

    /// <summary>How long flows may take to start and to pass. Default 30 s: the old ones may take 15 s to close.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many nodes to ask about.</summary>
    public int SampleSize { get; init; } = ProbeSample.DefaultMax;

    /// <summary>Nodes that did not run on the development instance either.</summary>
    public IReadOnlySet<string>? KnownInactive { get; init; }
}

/// <summary>Whether a replica runs what it was given.</summary>
public abstract record VerifyAnswer
{
    private VerifyAnswer() { }

    /// <summary>The reason, or null when it is verified.</summary>
    public string? Trouble => this switch
    {
        NotRunning no => no.Reason,
        CheckFailed failed => failed.Reason,
        Foreign foreign => foreign.Reason,
        Silent silent => silent.Reason,
        _ => null,
    };

    /// <param name="Probed">How many nodes were found running.</param>
    /// <param name="Checked">How many checks passed.</param>
    public sealed record Verified(int Probed, int Checked) : VerifyAnswer;

    /// <summary>It holds the flows, and they do not run.</summary>
    public sealed record NotRunning(string Reason, IReadOnlyList<string> InactiveNodes) : VerifyAnswer;

    public sealed record CheckFailed(string Reason, HttpCheck Check) : VerifyAnswer;

    /// <summary>It holds other flows.</summary>
    public sealed record Foreign(string Reason, Digest Found) : VerifyAnswer;

    public sealed record Silent(string Reason) : VerifyAnswer;
}
