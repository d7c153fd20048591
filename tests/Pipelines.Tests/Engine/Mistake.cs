using Pipelines.Engine.Durable;

namespace Pipelines.Tests.Engine;

/// <summary>A mistake that somebody could make in a machine, made from outside: a model that does not find it is not worth its time.</summary>
internal class Mistake
{
    /// <summary>What the machine hears instead of what was said; it may also be in another state than it should.</summary>
    public virtual object Hears(WaitingSaga saga, object message) => message;

    /// <summary>What is to be remembered of the saga until it has done its steps.</summary>
    public virtual object? Looks(WaitingSaga saga) => null;

    /// <summary>What has become of the saga, and of what it sent, when its steps are done.</summary>
    public virtual void Does(WaitingSaga saga, object message, Guid? timer, object? before, Bench bench)
    {
    }
}
