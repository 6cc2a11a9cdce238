"""Messages and chats as Telegram shows them. https://core.telegram.org/bots/api#message"""

from typing import Any

from local.sandboxes.telegram.state import Bot, Chat, Message, State


def bot(each: Bot) -> dict[str, Any]:
    return {
        "id": each.id,
        "is_bot": True,
        "first_name": each.first_name,
        "username": each.username,
        "can_join_groups": True,
        "can_read_all_group_messages": each.reads_groups,
    }


def chat(each: Chat, state: State) -> dict[str, Any]:
    if each.kind == "private":
        person = state.people[each.id]
        names = {"first_name": person.first_name, "username": person.username}
        return {"id": each.id, "type": "private", **names}
    named = {"username": each.username} if each.username else {}
    return {"id": each.id, "type": each.kind, "title": each.title, **named}


def message(each: Message, state: State) -> dict[str, Any]:
    whole = _bare(each, state)
    if each.above is not None and (above := state.find(each.chat_id, each.above)):
        whole["reply_to_message"] = _bare(above, state)
    return whole


def _bare(each: Message, state: State) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "message_id": each.id,
        "chat": chat(state.chats[each.chat_id], state),
        "date": int(each.created_at.timestamp()),
        **_author(each, state),
    }
    if each.thread is not None:
        whole["message_thread_id"] = each.thread
    if each.copy_of is not None:
        channel = chat(state.chats[each.author_id], state)
        origin = {"type": "channel", "chat": channel, "message_id": each.copy_of}
        whole |= {"is_automatic_forward": True, "forward_origin": origin}
    if each.photos:
        photo = [{"file_id": f"AgAC{each.id}", "width": 1, "height": 1}]
        return whole | {"photo": photo, **({"caption": each.text} if each.text else {})}
    return whole | {"text": each.text}


def _author(each: Message, state: State) -> dict[str, Any]:
    if each.author_id in state.chats and state.chats[each.author_id].kind == "channel":
        return {"sender_chat": chat(state.chats[each.author_id], state)}
    if each.author_id in state.bots:
        return {"from": bot(state.bots[each.author_id])}
    person = state.people[each.author_id]
    names = {"first_name": person.first_name, "username": person.username}
    return {"from": {"id": person.id, "is_bot": False, **names}}
