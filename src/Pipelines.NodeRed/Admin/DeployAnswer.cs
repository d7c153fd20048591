using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Admin;

/// <summary>What came of a deploy on one replica. That flows were taken does not mean that they run: verify.</summary>
public abstract record DeployAnswer
{
    private DeployAnswer() { }

    /// <param name="Revision">What the replica holds now.</param>
    /// <param name="AlreadyThere">It held these flows before it was asked; nothing was posted.</param>
    public sealed record Took(Digest Revision, bool AlreadyThere = false) : DeployAnswer;

    /// <summary>Somebody else deployed: the replica does not hold the revision that was expected.</summary>
    /// <param name="Reason">A sentence with the cure.</param>
    /// <param name="Found">What it holds, when that could be read.</param>
    public sealed record Foreign(string Reason, Digest? Found) : DeployAnswer;

    /// <summary>The replica said no and runs what it ran.</summary>
    /// <param name="Status">The HTTP status, or 0 when it was refused before a deploy was posted.</param>
    /// <param name="Code">Node-RED's own code ("EROFS"), or the engine's ("no_effect", "unreadable").</param>
    /// <param name="Reason">A sentence with the cure.</param>
    public sealed record Refused(int Status, string Code, string Reason) : DeployAnswer;

    /// <summary>No clear answer.</summary>
    /// <param name="Reason">A sentence with the last error.</param>
    /// <param name="Posted">True: the deploy may have happened, or may yet. False: nothing was sent.</param>
    public sealed record Silent(string Reason, bool Posted) : DeployAnswer;
}

/// <summary>How much Node-RED restarts.</summary>
public enum DeployType
{
    /// <summary>Everything.</summary>
    Full,

    /// <summary>The tabs that changed.</summary>
    Flows,

    /// <summary>The nodes that changed.</summary>
    Nodes,
}
