namespace Pipelines.NodeRed.Admin;

/// <summary>How patient the engine is with one Node-RED.</summary>
public sealed record AdminOptions
{
    /// <summary>For one try of one read. Default 5 s.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// For a deploy, which is answered when the old flows have stopped: it must be longer than the replica's
    /// <c>nodeCloseTimeout</c> (15 s unless set otherwise). Default 30 s.
    /// </summary>
    public TimeSpan DeployTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a read is tried; a deploy is tried once. Default 3.</summary>
    public int ReadTries { get; init; } = 3;

    /// <summary>The pause before the second try, doubled before each further one, with jitter. Default 100 ms.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>After a deploy without a clear answer: how long to look for its effect before it is called silent. Default 3 s.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a refused password is not tried again. Default 3 min: Node-RED allows five tries in ten minutes.</summary>
    public TimeSpan LoginPause { get; init; } = TimeSpan.FromMinutes(3);
}
