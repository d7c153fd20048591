namespace Pipelines.NodeRed.Admin;

/// <summary>How to get into a Node-RED's admin API. Its text never shows a secret.</summary>
public abstract record Access
{
    private Access() { }

    public static Access Anonymous { get; } = new None();

    /// <summary>An admin API without a lock.</summary>
    public sealed record None : Access
    {
        public override string ToString() => "no access settings";
    }

    /// <summary>A static token, as in Node-RED's <c>adminAuth.tokens</c>.</summary>
    public sealed record Bearer(string Token) : Access
    {
        public override string ToString() => "token (redacted)";
    }

    /// <summary>
    /// A user and password, exchanged for a token that is kept and renewed when it is refused. After five failed tries in ten
    /// minutes Node-RED locks the user out, so a refused password is not tried again before <see cref="AdminOptions.LoginPause"/>.
    /// </summary>
    public sealed record Login(string User, string Password) : Access
    {
        public override string ToString() => $"user {User} (password redacted)";
    }
}
