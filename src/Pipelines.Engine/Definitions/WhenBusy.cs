namespace Pipelines.Engine.Definitions;

/// <summary>What becomes of a request while another promotion holds a target of the pipeline, or waits for it.</summary>
public enum WhenBusy
{
    /// <summary>It stands in line; promotions roll out in the order in which they were accepted.</summary>
    Queue,

    /// <summary>It takes the place of those of the same pipeline that wait. One that has held a target is never cut.</summary>
    Supersede,

    /// <summary>It is refused, naming the one in the way.</summary>
    Reject,
}
