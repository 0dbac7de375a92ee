namespace Serverless.Local.Messaging;

/// <summary>What a queue has decided to do on a consumer's link, and does as soon as the journal has it.</summary>
/// <param name="Message">What is transferred; null for the answer to a drain.</param>
internal readonly record struct Handover(Consumer Consumer, ShownMessage? Message);
