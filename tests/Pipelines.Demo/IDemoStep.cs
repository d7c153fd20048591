using Pipelines.Testing.Stand;

namespace Pipelines.Demo;

/// <summary>One thing that the demo shows.</summary>
internal interface IDemoStep
{
    string Title { get; }

    /// <summary>Shows it, and throws when it did not come out.</summary>
    /// <returns>The sentence for the summary.</returns>
    Task<string> RunAsync(DemoContext context, CancellationToken cancellationToken);
}

/// <summary>What the steps share.</summary>
internal sealed record DemoContext(TestStand Stand, Engine Engine);
